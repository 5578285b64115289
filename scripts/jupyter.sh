#!/bin/sh
# Prints a Python that has jupyter_client, for the test of the Jupyter kernel.
exec "$(dirname "$0")/python-with.sh" jupyter "import jupyter_client" jupyter_client
