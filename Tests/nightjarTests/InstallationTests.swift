import Foundation
import NightjarProcess
import Testing

/// What `make install` puts into place: the program with its library, manual pages, completions.
@Suite(.serialized) struct InstallationTests {
    private func installed() throws -> Workplace {
        let place = try Workplace()
        let script = Workplace.package.appendingPathComponent("scripts/install.sh").path
        let ending = try place.run(
            [script, Workplace.program.path, place.url.appendingPathComponent("to").path],
            program: URL(fileURLWithPath: "/bin/sh"))
        #expect(ending.errors == "")
        #expect(ending.status == 0)
        return place
    }

    @Test func theProgramRunsFromWhereItWasInstalled() throws {
        let place = try installed()
        let program = place.url.appendingPathComponent("to/bin/nightjar")
        let ending = try place.run(
            ["run", "-"], program: program, input: "print(tostring(require('nightjar').losses.cce {}))\n")
        #expect(ending.output == "loss 'cce'\n" && ending.errors == "")
        // The page is a program of its own, which it finds.
        let page = try place.run(["serve", "nowhere"], program: program)
        let missing = "error: there is no folder of runs at \(place.url.path)/nowhere: "
        #expect(page.errors.hasPrefix(missing), "\(page.errors)")
        #expect(try place.read("to/include/nightjar_plugin.h").contains("\n#define NIGHTJAR_PLUGIN_VERSION 1\n"))
    }

    @Test func thereIsAPageForEveryCommand() throws {
        let place = try installed()
        let pages = try place.names("to/share/man/man1")
        for name in ["nightjar.1", "nightjar-run.1", "nightjar-repl.1", "nightjar-runs-list.1", "nightjar-predict.1"] {
            #expect(pages.contains(name), "\(name)")
        }
        let run = try place.read("to/share/man/man1/nightjar-run.1")
        #expect(run.hasPrefix(".TH \"NIGHTJAR\\-RUN\" \"1\" \"\" \"Nightjar "))
        #expect(run.contains("\n.SH NAME\nnightjar\\-run \\- Runs a script, or every cell of the experiment"))
        #expect(run.contains("\n.TP\n\\fB\\-\\-set\\fR \\fIname=value\\fR\nSets a setting"))
        #expect(!run.contains("\\-\\-cell"), "hidden options stay hidden")
        #expect(run.hasSuffix(".SH SEE ALSO\n.BR nightjar (1)\n"))
        for page in pages {
            let text = try place.read("to/share/man/man1/\(page)")
            #expect(!text.contains("\n\n"), "\(page)")
            for line in text.split(separator: "\n") where line.hasPrefix(".") {
                let request = line.prefix { $0 != " " }
                #expect([".TH", ".SH", ".TP", ".PP", ".B", ".I", ".BR"].contains(request), "\(page): \(line)")
            }
        }
    }

    @Test func shellsComplete() throws {
        let place = try installed()
        let bash = try place.read("to/share/bash-completion/completions/nightjar")
        #expect(bash.contains("nightjar") && bash.contains("evaluate") && bash.contains("complete "))
        #expect(try place.read("to/share/zsh/site-functions/_nightjar").hasPrefix("#compdef nightjar"))
        #expect(try place.read("to/share/fish/vendor_completions.d/nightjar.fish").contains("evaluate"))
        let check = try place.run(
            ["-n", "to/share/bash-completion/completions/nightjar"], program: URL(fileURLWithPath: "/bin/bash"))
        #expect(check.status == 0 && check.errors == "")
    }
}
