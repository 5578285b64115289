// libjpeg-turbo's own interface, for JPEG images; it answers with a status and never jumps.
#include <turbojpeg.h>
