#!/usr/bin/env python3
"""Messages of the plugin host that no test has in full.

    scripts/messages.py [FILE ...]

A message is what an error or a note is made of: the texts among the arguments of the calls named below, in the sources of
registry, scaffolds, sandbox and doctor. Its fixed parts, those between the values put in, all have to be in the text of some
test, or of a page whose output the tests compare. Exit status 1 where some are not; each is printed with its file and line.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

SOURCES = """
Sources/NightjarScripting/Plugins/*.swift Sources/nightjar/Plugins/*.swift Sources/nightjar/DoctorCommand.swift
Sources/nightjar/WallTrialCommand.swift Sources/nightjar/LimitOptions.swift
Sources/NightjarNative/*.swift Sources/CNative/*.c Sources/NightjarGraph/Tape+Native.swift
Sources/NightjarScripting/Host/ScriptLimits.swift Sources/NightjarScripting/Host/ScriptFiles.swift
Sources/NightjarScripting/Host/FilesBindings.swift Sources/NightjarScripting/Host/ScriptWall.swift
Sources/NightjarScripting/Host/HostFunctions.swift
Sources/CLuaShim/*.c Sources/CWall/*.c
lua/nightjar/natives.lua lua/nightjar/packages.lua lua/nightjar/reporters.lua lua/nightjar/plain.lua lua/nightjar/host.lua
lua/nightjar/kinds.lua lua/nightjar/components.lua lua/nightjar/definitions.lua lua/nightjar/declaration.lua
lua/nightjar/files.lua lua/nightjar/globals.lua lua/nightjar/commands.lua lua/nightjar/params.lua
""".split()

TESTS = ["Tests/**/*.swift", "Tests/**/*.txt", "Tests/**/*.lua", "Tests/**/*.py", "lua/tests/**/*.lua",
         "plugins/*/tests/*.lua", "lua/nightjar/scaffolds/**/*.lua", "docs/*.md"]

CALLS = {
    ".swift": r"\b(?:\w*Error|fail|refuse|damaged|wrong|note|advise|notice|\.failed|warn)\s*\(",
    ".lua": r"\b(?:native\.fail|fail_at|fail|error|refuse)\s*\(",
    ".c": r"\b(?:nj_native_fail|njl_error|luaL_error|luaL_argerror|luaL_argcheck|refuse|fault|fail|say|die)\s*\(",
}

# What no test can bring about: the words for it are there in case the system or Nightjar itself is not as expected.
UNREACHABLE = [
    "the system does not say why",  # dlerror() has nothing to say
    "signals cannot be taken",  # sigaltstack() fails
    "there is not enough memory to try",  # a few kilobytes are not there
    "nothing of that name in",  # before the binding table is there
    "wrong operands",  # the binding for what is missing finds nothing wrong
    "too many native types",  # more than the shim's table, which is fixed at build time
    "the run met its limit",  # a limit without words
    "array too big",  # a list of 2^31 entries
    "native operations: there is no room for more",  # 65535 operations in one process
    "there is no timer left for a limit on time",  # of 64, each a host's that is alive
    "the script used up its memory",  # Lua's own error, "not enough memory", comes first
    "a table has more than",  # 2^25 entries, a gigabyte of tokens
    "', the gradient of '",  # shapes that the operation itself was recorded with
    "the program has no such function",  # its number is the library's own
    "an object of the program is gone",  # the library tells of it before
    "lua/nightjar was not found: set",  # the host that is made before says it
    "this object",  # an object without a definition
    "there is a kind '",  # the library's own kinds, each declared once
    ": 'params' must be a table, got",  # the type of the field is checked before
    "what schedules and callbacks remember cannot be read",  # a checkpoint's checksum tells before
]

# An identifier among the arguments stands for nothing here; a part this short is punctuation.
SHORTEST = 6


def literal(text, start, language):
    """The parts of the literal that begins at `start`, and where it ends."""
    if language == ".swift" and text.startswith('"""', start):
        end = text.index('"""', start + 3)
        body, multi = text[start + 3:end], True
        end += 3
        body = re.sub(r"\\\n\s*", "", body)
        return split_swift(re.sub(r"\n\s*", "\n", body)), end
    quote = text[start]
    at, depth, body = start + 1, 0, []
    while at < len(text):
        c = text[at]
        if language == ".swift" and text.startswith("\\(", at):
            depth, at = 1, at + 2
            while depth:
                if text[at] == '"':
                    _, at = literal(text, at, language)
                    continue
                depth += {"(": 1, ")": -1}.get(text[at], 0)
                at += 1
            body.append("\0")
        elif c == "\\":
            body.append({"n": "\n", "t": "\t"}.get(text[at + 1], text[at + 1]))
            at += 2
        elif c == quote:
            break
        else:
            body.append(c)
            at += 1
    return "".join(body).split("\0"), at + 1


def split_swift(body):
    return re.split(r"\\\([^()]*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)[^()]*)*\)", body)


def arguments(text, start, language):
    """Runs of literals that one message is made of, among the arguments that begin behind a parenthesis.

    Literals that only an operator for joining, or nothing, stands between are one part."""
    parts, depth, at, open_part = [], 1, start, None
    while depth and at < len(text):
        c = text[at]
        if c == '"' or (c == "'" and language == ".lua"):
            pieces, at = literal(text, at, language)
            if open_part is not None:
                parts[open_part] += pieces[0]
                parts += pieces[1:]
            else:
                parts += pieces
            open_part = len(parts) - 1
            continue
        if c == "'" and language == ".c":
            at = text.index("'", at + 2) + 1
            continue
        comment = {".swift": "//", ".c": "//", ".lua": "--"}[language]
        if text.startswith(comment, at):
            at = text.index("\n", at)
            continue
        depth += {"(": 1, ")": -1}.get(c, 0)
        if not c.isspace() and c not in "+.":
            open_part = None
        at += 1
    return parts, at


def plain(part):
    """What a format leaves fixed."""
    return re.split(r"%[-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:l{0,2}|z|j)[diuoxXfFeEgGaAcsqpI]", part)


def messages(path):
    text = path.read_text()
    for match in re.finditer(CALLS[path.suffix], text):
        line_start = text.rfind("\n", 0, match.start()) + 1
        before = text[line_start:match.start()]
        if re.search(r"//|--|\bfunc\b|\bfunction\b|struct|static \w+ $|case ", before) and "throw" not in before:
            continue
        parts, _ = arguments(text, match.end(), path.suffix)
        fixed = []
        for part in parts:
            for piece in plain(part) if path.suffix in (".c", ".lua") else [part]:
                piece = piece.replace("%%", "%").strip()
                if len(piece) >= SHORTEST and re.search(r"[a-z]{3}", piece):
                    fixed.append(piece)
        if any(" " in piece for piece in fixed):
            yield text.count("\n", 0, match.start()) + 1, fixed


def normal(text):
    return re.sub(r"\s+", " ", text)


def tested():
    """The text of each file of tests, with literals that are joined made one."""
    files = {}
    for pattern in TESTS:
        for path in ROOT.glob(pattern):
            text = path.read_text(errors="replace")
            text = re.sub(r'"\s*(?:\+|\.\.)\s*"', "", text)
            text = re.sub(r"'\s*\.\.\s*'", "", text)
            text = re.sub(r"\\\n\s*", "", text)
            text = text.replace('\\"', '"').replace("\\'", "'").replace("\\n", "\n").replace('\\"', '"')
            files[path.relative_to(ROOT)] = normal(text)
    return files


def main():
    tests = tested()
    asked = [pathlib.Path(name).resolve() for name in sys.argv[1:]]
    paths = asked or sorted({path for pattern in SOURCES for path in ROOT.glob(pattern)})
    total, missing = 0, []
    for path in paths:
        for line, parts in messages(path):
            total += 1
            wanted = [normal(part) for part in parts]
            lost = [part for part in wanted if not any(part in text for text in tests.values())]
            if lost and not any(reason in " ".join(wanted) for reason in UNREACHABLE):
                missing.append((path.relative_to(ROOT) if ROOT in path.parents else path, line, " ... ".join(wanted), lost))
    for path, line, text, lost in missing:
        print(f"{path}:{line}: {text}\n    in no test: {lost}")
    print(f"{total} messages, {len(missing)} without a test that has their text")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
