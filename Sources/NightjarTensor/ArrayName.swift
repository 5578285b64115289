/// Names of arrays in files: what is written can be read back, here and elsewhere.
public enum ArrayName {
    /// The most bytes of a name; a file system has names of 255, and a member of an archive may become a file.
    public static let longest = 1000

    /// What is wrong with a name as the end of a sentence, "is used twice"; nil where it can be written.
    /// - Parameter names: those that came before; Swift takes two Unicode forms of a text as equal, and so do file systems.
    public static func refusal(of name: String, among names: inout Set<String>) -> String? {
        if name.isEmpty { return "is empty" }
        if name.utf8.count > longest { return "has \(name.utf8.count) bytes, names have at most \(longest)" }
        if name.unicodeScalars.contains("\u{FFFD}") { return "is not UTF-8 text" }
        if name.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) }) {
            return "holds a control character"
        }
        let (isNew, known) = names.insert(name)
        if isNew { return nil }
        return known.utf8.elementsEqual(name.utf8)
            ? "is used twice" : "is another Unicode form of a name that is used already"
    }

    /// Also what an archive cannot have, whose members are named like files.
    public static func refusal(ofMember name: String, among names: inout Set<String>) -> String? {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if parts.contains(where: { ["", ".", ".."].contains($0) }), !name.isEmpty {
            return "is no name of a file inside an archive: it has an empty part, '.' or '..' between slashes"
        }
        if name.contains("\\") { return "holds a backslash, which archives take for a slash" }
        return refusal(of: name, among: &names)
    }
}
