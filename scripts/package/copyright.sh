#!/bin/sh
# Prints the licence of Nightjar, and of what a static program has inside, as Debian has it in a file called copyright.
set -eu
cat <<END
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Nightjar

Files: *
Copyright: Copyright 2026 the Nightjar authors
License: Apache-2.0

Files: usr/bin/nightjar
Copyright: Copyright 2026 the Nightjar authors
 Copyright 2014-2026 Apple Inc. and the Swift project authors (the Swift runtime, swift-argument-parser, swift-log)
 Copyright 2015-2026 Gwendal Roué (GRDB.swift)
 Copyright 1991-2026 Unicode, Inc. (ICU, inside of Foundation)
License: Apache-2.0 and Expat and Unicode

License: Apache-2.0
 Licensed under the Apache License, Version 2.0. On Debian systems the full text is in
 /usr/share/common-licenses/Apache-2.0. The Swift runtime has it with the Runtime Library Exception.

License: Expat
 Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
 files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
 modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
 Software is furnished to do so, subject to the following conditions:
 .
 The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
 Software.
 .
 THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
 WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
 COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
 OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

License: Unicode
 Unicode License V3, https://www.unicode.org/license.txt: use, copying, modification and distribution are permitted, with
 this notice, without warranty of any kind.
END
