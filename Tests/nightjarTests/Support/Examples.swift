import Foundation
import NightjarScripting
import Testing

/// The Lua blocks of a page, made into one script that checks what they promise.
///
/// In a block, `expression --> value` says what comes out, `expression --> error: text` what the message contains;
/// other lines are run as they are. Each block is a scope of its own.
struct Examples {
    /// One block and the line of the page on which it starts.
    struct Block {
        let line: Int
        let lines: [String]
        var promises: Int { lines.filter { $0.contains("-->") }.count }
    }

    let blocks: [Block]

    init(page: String) {
        var blocks: [Block] = []
        var open: (line: Int, lines: [String])?
        for (index, line) in page.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if let block = open {
                if line == "```" {
                    blocks.append(Block(line: block.line, lines: block.lines))
                    open = nil
                } else {
                    open = (block.line, block.lines + [String(line)])
                }
            } else if line == "```lua" {
                open = (index + 2, [])
            }
        }
        self.blocks = blocks
    }

    /// A script that prints a line for every promise that is not kept, and at last how many were checked.
    var script: String {
        var text = """
            local nj = require "nightjar"
            local checked = 0
            local function show(value)
              if nj.is_tensor(value) then value = value:totable() end
              if type(value) == "table" then
                local items = {}
                for i, item in ipairs(value) do items[i] = show(item) end
                return "{" .. table.concat(items, ", ") .. "}"
              elseif type(value) == "string" then
                return '"' .. value .. '"'
              elseif type(value) == "number" then
                return value == math.floor(value) and string.format("%.0f", value) or string.format("%.5g", value)
              end
              return tostring(value)
            end
            local function check(line, expected, f)
              checked = checked + 1
              local results = table.pack(pcall(f))
              local shown = {}
              for i = 2, results.n do shown[#shown + 1] = show(results[i]) end
              local came = table.concat(shown, ", ")
              local message = expected:match("^error: (.*)$")
              if not results[1] then came = "error: " .. tostring(results[2]) end
              local kept = came == expected
              if message then kept = not results[1] and tostring(results[2]):find(message, 1, true) ~= nil end
              if not kept then print("line " .. line .. ": " .. came .. ", the page says " .. expected) end
            end

            """
        for block in blocks {
            text += "do\n"
            for (offset, line) in block.lines.enumerated() {
                guard let mark = line.range(of: "-->") else {
                    text += line + "\n"
                    continue
                }
                let expected = line[mark.upperBound...].trimmingCharacters(in: .whitespaces)
                text +=
                    "check(\(block.line + offset), [==[\(expected)]==], function() return \(line[..<mark.lowerBound]) end)\n"
            }
            text += "end\n"
        }
        return text + "print(checked .. \" checked\")\n"
    }
}

/// Runs the examples of a page of this repository in a folder of their own and returns what the script prints.
func runExamples(of path: String) throws -> (printed: String, promises: Int) {
    let page = try String(contentsOf: Workplace.package.appendingPathComponent(path), encoding: .utf8)
    let examples = Examples(page: page)
    let place = try Workplace()
    try place.write(examples.script, to: "examples.lua")
    let ending = try place.run(["run", "examples.lua", "--quiet"])
    #expect(ending.errors == "")
    return (ending.output, examples.blocks.reduce(0) { $0 + $1.promises })
}
