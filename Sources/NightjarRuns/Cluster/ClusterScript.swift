// The script that a scheduler runs for a cell.

import Foundation

/// The batch script of an array: the ordinary worker on the cell of the manifest that has the element's number.
///
/// Slurm's notice before the time limit comes to the shell as SIGUSR1: the worker is asked to stop, writes what it has, and
/// the element queues again, where it goes on from its checkpoint. An element that is cancelled has SIGTERM from Slurm
/// itself, worker and shell, and does not queue again. One whose node is lost, or that gives way to another job, is put
/// back by Slurm (`--requeue`).
public enum ClusterScript {
    /// Seconds of notice where nobody says how many; Slurm looks about once a minute.
    public static let notice = 120

    /// - Parameters:
    ///   - words: the worker's program and arguments, without the cell.
    ///   - manifest: the path of the manifest.
    public static func text(_ words: [String], manifest: String, setup: String?) -> String {
        """
        #!/bin/sh
        # A cell of an experiment, by nightjar run --on slurm.
        \(setup ?? ":")
        asked=
        worker=
        trap 'asked=yes; [ -z "$worker" ] || kill -TERM $worker' USR1
        trap : TERM
        \(words.map(quoted).joined(separator: " ")) --cell \(quoted(manifest + "#"))"$SLURM_ARRAY_TASK_ID" &
        worker=$!
        # A notice that came before there was a worker.
        [ -z "$asked" ] || kill -TERM $worker
        # A signal ends the waiting, not the worker.
        while :; do
            wait $worker
            status=$?
            kill -0 $worker 2>/dev/null || break
        done
        if [ -n "$asked" ] && [ $status -eq 143 ]; then
            echo "the time is nearly over: the cell queues again"
            scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
        fi
        exit $status

        """
    }

    /// A word for a shell of POSIX.
    public static func quoted(_ word: String) -> String {
        let plain =
            !word.isEmpty && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-+=:,".contains($0)) }
        return plain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
