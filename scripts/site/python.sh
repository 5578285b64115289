#!/bin/sh
# Prints a Python that has what makes the site: markdown-it-py, which reads pages as GitHub does, and Pygments.
exec "$(dirname "$0")/../python-with.sh" site "import markdown_it, pygments" "markdown-it-py>=2.1" "pygments>=2.14"
