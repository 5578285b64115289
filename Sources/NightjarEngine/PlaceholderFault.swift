/// A value was asked for that depends on what is only put in when a gradient is derived.
struct PlaceholderFault: Error {
    let place: Int32

    var message: String {
        "the gradient and the output that backward is given have no values while it is recorded: use them in tensor "
            + "operations, and read numbers (:item(), :totable(), print) from the arguments only"
    }
}
