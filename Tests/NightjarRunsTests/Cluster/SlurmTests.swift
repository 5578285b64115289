import Foundation
import Testing

import NightjarRuns

@Suite struct SlurmTests {
    private let batch = CellBatch(URL(fileURLWithPath: "/runs/tiny/.batches/ab"))

    @Test func whatNobodyAsksForIsLeftToTheCluster() {
        #expect(
            Slurm.arguments(ClusterWish(), name: "tiny", batch: batch, count: 48, folder: "/work", after: nil) == [
                "--parsable", "--job-name=tiny", "--array=0-47", "--chdir=/work",
                "--output=/runs/tiny/.batches/ab/%a.log", "--open-mode=append", "--requeue", "--signal=B:USR1@120",
                "/runs/tiny/.batches/ab/job.sh",
            ])
    }

    @Test func theCommandLineComesBeforeTheProfile() {
        var profile = ClusterWish()
        (profile.partition, profile.time, profile.cpus, profile.mostAtOnce) = ("cpu", "60", 4, 8)
        profile.others = [.init("qos", "low"), .init("exclusive", nil)]
        var wish = ClusterWish()
        (wish.time, wish.memory, wish.notice, wish.account) = ("4:00:00", "2G", 300, "ml")
        wish.others = [.init("qos", "high")]
        let words = Slurm.arguments(
            wish.over(profile), name: "tiny", batch: batch, count: 3, folder: "/work", after: "12")
        #expect(words.contains("--array=0-2%8"))
        #expect(words.contains("--signal=B:USR1@300"))
        #expect(
            words.suffix(9) == [
                "--partition=cpu", "--account=ml", "--time=4:00:00", "--cpus-per-task=4", "--mem=2G", "--exclusive",
                "--qos=high", "--dependency=afterany:12", "/runs/tiny/.batches/ab/job.sh",
            ])
    }

    /// As squeue 22.05 prints them.
    @Test func elementsAreReadFromSqueue() {
        let elements = Slurm.elements("0|RUNNING|None|n1\n1|PENDING|Resources|\nN/A|RUNNING|None|n2\n\n")
        #expect(
            elements == [
                0: .init(state: "RUNNING", reason: "None", node: "n1"),
                1: .init(state: "PENDING", reason: "Resources", node: ""),
            ])
    }

    /// As scontrol 22.05 prints it.
    @Test func anAccountHasTheFactsThatTellWhy() {
        let line = """
            JobId=3 ArrayJobId=1 ArrayTaskId=1 JobName=t.sh UserId=root(0) GroupId=root(0) MCS_label=N/A Priority=4294901759 \
            JobState=TIMEOUT Reason=TimeLimit Dependency=(null) Requeue=1 Restarts=2 BatchFlag=1 Reboot=0 ExitCode=3:15 \
            RunTime=00:01:02 TimeLimit=00:01:00 ReqNodeList=(null) ExcNodeList=(null) NodeList=n1 BatchHost=n1
            """
        let account = Slurm.account(line)
        #expect(
            account
                == "Slurm: JobState=TIMEOUT Reason=TimeLimit ExitCode=3:15 Restarts=2 RunTime=00:01:02 TimeLimit=00:01:00 NodeList=n1"
        )
        #expect(account.flatMap(Slurm.exit).map { [$0.status, $0.signal] } == [3, 15])
        #expect(Slurm.account("") == nil)
    }

    @Test func statesAreEndsWaitsOrNeither() {
        func element(_ state: String) -> Slurm.Element { .init(state: state, reason: "", node: "") }
        #expect(element("OUT_OF_MEMORY").isOver && !element("OUT_OF_MEMORY").waits)
        #expect(element("REQUEUED").waits && !element("REQUEUED").isOver)
        #expect(!element("COMPLETING").waits && !element("COMPLETING").isOver)
    }
}
