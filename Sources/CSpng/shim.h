// libspng, for images in the Portable Network Graphics format.
#include <spng.h>
