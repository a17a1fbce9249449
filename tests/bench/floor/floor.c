/*
 * floor.c - the least a server can do: epoll, one thread for each processor, no HTTP library.
 *
 *     floor FOLDER      serves /hello, /10k and /1m (files of the folder, kept open), takes POST /upload
 *
 * It knows just enough HTTP for the benchmark's own load: a head that comes in one piece, no pipelining. Each
 * request is answered at once or its connection is closed. The address is printed when it listens.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: "
#define DATE "\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n"

static const char hello[] = TEXT "17" DATE "Hello from ISAPI\n";
static const char received[] = TEXT "9" DATE "received\n";

struct file {
  const char *path;
  const char *name;
  int descriptor;
  off_t length;
  char head[256];
  size_t head_length;
};

static struct file files[] = {{"/10k", "10k", -1, 0, "", 0}, {"/1m", "1m", -1, 0, "", 0}};

#define FILES (sizeof files / sizeof files[0])

struct connection {
  int socket;
  /* What is left to send of a file. */
  const struct file *file;
  off_t offset;
  /* What is left to come of an upload. */
  size_t upload;
};

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void open_files(const char *folder) {
  size_t i;
  for (i = 0; i < FILES; i++) {
    struct file *file = &files[i];
    struct stat status;
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, file->name);
    file->descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (file->descriptor < 0 || fstat(file->descriptor, &status) != 0)
      fail(path);
    file->length = status.st_size;
    file->head_length = (size_t)snprintf(
        file->head, sizeof file->head,
        "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %lld" DATE,
        (long long)file->length);
  }
}

/* Each function below answers 0, or -1 when the connection is to be closed, or 1 when nothing has come yet. */

static int send_rest(struct connection *connection) {
  while (connection->file != NULL) {
    const struct file *file = connection->file;
    size_t left = (size_t)(file->length - connection->offset);
    ssize_t sent = sendfile(connection->socket, file->descriptor, &connection->offset, left);
    if (sent < 0)
      return errno == EAGAIN ? 0 : -1;
    if (sent == 0)
      return -1;
    if (connection->offset == file->length)
      connection->file = NULL;
  }
  return 0;
}

static int send_all(int socket, const char *data, size_t length, int flags) {
  return send(socket, data, length, flags | MSG_NOSIGNAL) == (ssize_t)length ? 0 : -1;
}

static int take_upload(struct connection *connection, size_t length) {
  if (length > connection->upload)
    return -1;
  connection->upload -= length;
  return connection->upload == 0 ? send_all(connection->socket, received, sizeof received - 1, 0) : 0;
}

static int start_upload(struct connection *connection, const char *head, size_t length) {
  const char *field = strcasestr(head, "\r\ncontent-length:");
  const char *end = strstr(head, "\r\n\r\n");
  if (field == NULL || end == NULL)
    return -1;
  connection->upload = strtoul(field + sizeof "\r\ncontent-length:" - 1, NULL, 10);
  return take_upload(connection, length - (size_t)(end + 4 - head));
}

static int answer(struct connection *connection, const char *head, size_t length) {
  size_t i;

  if (strncmp(head, "GET /hello ", 11) == 0)
    return send_all(connection->socket, hello, sizeof hello - 1, 0);
  if (strncmp(head, "POST /upload ", 13) == 0)
    return start_upload(connection, head, length);
  for (i = 0; i < FILES; i++) {
    size_t path = strlen(files[i].path);
    if (strncmp(head, "GET ", 4) != 0 || strncmp(head + 4, files[i].path, path) != 0 || head[4 + path] != ' ')
      continue;
    if (send_all(connection->socket, files[i].head, files[i].head_length, MSG_MORE) != 0)
      return -1;
    connection->file = &files[i];
    connection->offset = 0;
    return send_rest(connection);
  }
  return -1;
}

static int receive(struct connection *connection) {
  char buffer[64 * 1024 + 1];
  ssize_t length = recv(connection->socket, buffer, sizeof buffer - 1, 0);

  if (length < 0)
    return errno == EAGAIN ? 1 : -1;
  if (length == 0)
    return -1;
  if (connection->upload > 0)
    return take_upload(connection, (size_t)length);
  buffer[length] = '\0';
  return answer(connection, buffer, (size_t)length);
}

static void add(int epoll, int socket) {
  struct connection *connection = calloc(1, sizeof *connection);
  struct epoll_event event;
  int on = 1;

  if (connection == NULL)
    fail("calloc");
  connection->socket = socket;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = connection;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) != 0)
    fail("epoll_ctl");
}

static int proceed(struct connection *connection, unsigned events) {
  int result;

  if (events & (EPOLLERR | EPOLLHUP))
    return -1;
  if (connection->file != NULL)
    return send_rest(connection);
  if ((events & EPOLLIN) == 0)
    return 0;
  /* Events are edges: what has come of an upload is read to its end. A request comes alone. */
  do {
    result = receive(connection);
  } while (result == 0 && connection->upload > 0);
  return result;
}

static void *serve(void *argument) {
  int listener = *(int *)argument;
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event accepts = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data = {.ptr = NULL}};
  struct epoll_event events[128];

  if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &accepts) != 0)
    fail("epoll");
  for (;;) {
    int count = epoll_wait(epoll, events, 128, -1);
    int i;
    for (i = 0; i < count; i++) {
      struct connection *connection = events[i].data.ptr;
      if (connection == NULL) {
        int socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket >= 0)
          add(epoll, socket);
        continue;
      }
      if (proceed(connection, events[i].events) < 0) {
        close(connection->socket);
        free(connection);
      }
    }
  }
  return NULL;
}

static int listen_on_loopback(void) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof address;

  if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 4096) != 0)
    fail("listen");
  if (getsockname(listener, (struct sockaddr *)&address, &length) != 0)
    fail("getsockname");
  printf("listening on http://127.0.0.1:%u/\n", (unsigned)ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

int main(int count, char **arguments) {
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  pthread_t thread;
  int listener;

  if (count != 2) {
    fprintf(stderr, "usage: floor FOLDER\n");
    return 2;
  }
  /* sendfile(2) has no flag like MSG_NOSIGNAL. */
  signal(SIGPIPE, SIG_IGN);
  open_files(arguments[1]);
  listener = listen_on_loopback();
  for (; processors > 1; processors--) {
    if (pthread_create(&thread, NULL, serve, &listener) != 0)
      fail("pthread_create");
  }
  serve(&listener);
  return 0;
}
