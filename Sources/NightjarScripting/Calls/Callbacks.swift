import CLuaShim
import NightjarEngine
import NightjarGraph
import NightjarTensor

/// The functions through which the shim reaches a host. None of them ever raises a Lua error.
func scriptCallbacks() -> njl_callbacks {
    var calls = njl_callbacks()
    calls.unary = { context, op, operand, place, out, results in
        guard let operand, let out, let results else { return Int32(NJL_ERROR.rawValue) }
        return withHost(context) { $0.recordUnary(op, operand, place, out, results) }
    }
    calls.binary = { context, op, left, right, place, out, results in
        guard let left, let right, let out, let results else { return Int32(NJL_ERROR.rawValue) }
        return withHost(context) { $0.recordBinary(op, left, right, place, out, results) }
    }
    calls.dispatch = { context, binding, arguments, count, site, results in
        guard let arguments, let site, let results else { return Int32(NJL_ERROR.rawValue) }
        return withHost(context) { $0.dispatch(binding, arguments, Int(count), site.pointee, results) }
    }
    calls.claim = { context, index in
        var claimed: UnsafeMutableRawPointer?
        _ = withHost(context) { host in
            claimed = host.writer.claim(Int(index))
            return 0
        }
        return claimed
    }
    calls.retain = { object in
        guard let object else { return }
        _ = Unmanaged<AnyObject>.fromOpaque(object).retain()
    }
    calls.release = { object in
        guard let object else { return }
        Unmanaged<AnyObject>.fromOpaque(object).release()
    }
    calls.live = { context in
        var live = 0
        _ = withHost(context) { host in
            live = host.session.account?.live ?? (Storage.liveByteCount + Tape.liveByteCount)
            return 0
        }
        return live
    }
    calls.place = { context, source, length, line in
        guard let source else { return 0 }
        return withHost(context) { host in
            let name = UnsafeRawBufferPointer(start: source, count: length)
            return host.session.provenance.intern(
                .init(source: String(decoding: name, as: UTF8.self), line: Int(line)))
        }
    }
    calls.frame = { context, source, length, line, name in
        guard let source else { return }
        let file = String(decoding: UnsafeRawBufferPointer(start: source, count: length), as: UTF8.self)
        let function = name.map { String(cString: $0) }
        _ = withHost(context) { host in
            let description =
                switch function {
                case nil: ""
                case "main chunk"?: " in the main chunk"
                case let name?: " in function '\(name)'"
                }
            if host.frames.isEmpty { host.innermostPlace = "\(file):\(line)" }
            host.frames.append("\(file):\(line)\(description)")
            return 0
        }
    }
    calls.receive = { _, receiver, failed, values, count in
        guard let receiver else { return }
        Unmanaged<Receiver>.fromOpaque(receiver)._withUnsafeGuaranteedRef { receiver in
            if failed != 0 {
                receiver.fail(
                    values.map { TokenReader.message($0.pointee) } ?? "a script failed", isMadeUp: failed == 2)
            } else {
                receiver.receive(values, Int(count))
            }
        }
    }
    return calls
}

/// The host behind a context. The host owns the state, so it is alive whenever the state calls.
@inline(__always)
private func withHost(_ context: UnsafeMutableRawPointer?, _ body: (ScriptHost) -> Int32) -> Int32 {
    guard let slot = context?.assumingMemoryBound(to: Unmanaged<ScriptHost>?.self), let host = slot.pointee else {
        return Int32(NJL_ERROR.rawValue)
    }
    return host._withUnsafeGuaranteedRef(body)
}
