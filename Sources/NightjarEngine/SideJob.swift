import NightjarTensor

extension Session {
    /// Starts work that the session's threads do while they have nothing else to do; see ``SideJob``.
    /// - Parameter body: runs one of `pieces` pieces, on any thread; all of them may run at the same time.
    package func beside(pieces: Int, _ body: @escaping @Sendable (Int) -> Void) -> SideJob {
        sideJob?.finish()
        let job = SideJob(pool, pieces, body)
        sideJob = job
        return job
    }
}

/// Work beside launches: what nobody else has done is done by whoever finishes it.
///
/// A session has one at a time: the one before is finished when the next begins.
package final class SideJob {
    private let pool: ThreadPool
    private let body: Body
    private let work: UnsafeMutablePointer<TiledWork>
    private var isFinished = false

    private final class Body: Sendable {
        private let body: @Sendable (Int) -> Void
        /// Whoever began it has its memory, on whichever thread a piece is done.
        private let account = MemoryAccount.current

        init(_ body: @escaping @Sendable (Int) -> Void) { self.body = body }

        func run(_ piece: Int) {
            let work = MemoryAccount.begin(account)
            defer { work.end() }
            body(piece)
        }
    }

    fileprivate init(_ pool: ThreadPool, _ pieces: Int, _ body: @escaping @Sendable (Int) -> Void) {
        self.pool = pool
        self.body = Body(body)
        work = .allocate(capacity: 1)
        work.initialize(
            to: TiledWork(
                run: { raw, tile, _ in
                    Unmanaged<Body>.fromOpaque(raw)._withUnsafeGuaranteedRef { $0.run(tile) }
                }, context: Unmanaged.passUnretained(self.body).toOpaque(), tileCount: pieces))
        pool.begin(beside: work)
    }

    /// Returns when every piece is done.
    package func finish() {
        guard !isFinished else { return }
        isFinished = true
        pool.finishBeside()
    }

    deinit {
        finish()
        work.deallocate()
    }
}
