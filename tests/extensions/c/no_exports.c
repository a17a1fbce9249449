/* A shared library that is no extension: neither mandatory export is there. */
#ifdef _WIN32
__declspec(dllexport)
#endif
int isapi_no_extension(void);

int isapi_no_extension(void) { return 0; }
