#include <features.h>
#ifdef __GLIBC__
// Other C libraries have no such settings.
#include <malloc.h>
#endif
