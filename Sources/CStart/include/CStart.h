// What has to happen before the libraries of the program are set up. Nothing of it is called: see start.c.
#ifndef CSTART_H
#define CSTART_H
#endif
