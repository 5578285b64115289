import NightjarTraining
import Testing

struct EpochRecordTests {
    @Test func theHeaderNamesEveryColumn() {
        #expect(
            EpochRecord.csvHeader()
                == "epoch,step,learning_rate,train_loss_running,j1_running,loss,j1,j2,fit_clean,memorized,corrected,"
                + "other,test_accuracy")
        #expect(EpochRecord.csvHeader(extra: ["ece", "margin"]).hasSuffix(",test_accuracy,ece,margin"))
    }

    @Test func numbersAreShortAndReadBackAsTheSame() throws {
        let record = EpochRecord(
            epoch: 12, step: 1200, learningRate: 1e-5, trainLossRunning: 0.1 + 0.2, j1Running: 100.0 / 3,
            evaluation: nil, extra: [-0.0, .nan, nil, 1e22, -.infinity])
        let fields = record.csvRow.split(separator: ",", omittingEmptySubsequences: false)
        #expect(
            fields == [
                "12", "1200", "1e-05", "0.30000000000000004", "33.333333333333336", "", "", "", "", "", "", "", "",
                "-0",
                "nan", "", "1e+22", "-inf",
            ])
        #expect(fields.count == EpochRecord.columns.count + 5)
        #expect(Double(fields[3]) == 0.1 + 0.2)
        #expect(Double(fields[4]) == 100.0 / 3)
    }
}
