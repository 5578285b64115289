// libedit, the BSD line editor: editing, history. Its calls take variable arguments, so CLineEditor makes them.
#include <histedit.h>
