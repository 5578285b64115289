import NightjarTraining

/// A schedule that a script defines, as the trainer calls it.
final class ScriptSchedule: Schedule {
    let name: String
    private let schedule: ScriptFunction

    init(_ schedule: ScriptFunction, name: String) {
        self.schedule = schedule
        self.name = name
        schedule.role = "schedule '\(name)'"
    }

    func learningRate(epoch: Int, step: Int) throws -> Double {
        let results = try schedule.call([.integer(epoch), .integer(step)])
        guard let rate = results.first?.asNumber else {
            throw ScriptError(
                "schedule '\(name)' must return a number, it returned \(results.first?.phrase ?? "nothing")")
        }
        return rate
    }
}
