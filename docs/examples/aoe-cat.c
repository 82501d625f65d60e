/* aoe-cat: writes a disk on the network to standard output, with several requests on their way at a time.
 *
 *     cc aoe-cat.c -o aoe-cat $(pkg-config --cflags --libs aoekit)
 *     ./aoe-cat aoe://eth0/1.2 > disk.img
 *
 * One thread: AOE_THREAD_CALLER means that the library works, and calls back, only within aoe_client_poll().
 */
#include <aoekit.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNK_BYTES (128u * 1024)
#define CHUNKS 16u /* on their way at a time */

struct chunk {
  char *data;
  size_t bytes;
  int finished;
  int error;
};

static void chunk_done(void *user, int64_t cookie, int error, const char *text) {
  struct chunk *chunk = user;
  (void)cookie;
  if (error != 0) fprintf(stderr, "aoe-cat: %s\n", text);
  chunk->error = error;
  chunk->finished = 1;
}

static int complain(const char *what) {
  fprintf(stderr, "aoe-cat: %s: %s\n", what, aoe_error());
  return 1;
}

/* Chunks are numbered from 0; number n lives in chunks[n % CHUNKS], and they are written out in their order. */
static int copy(aoe_disk *disk, struct chunk *chunks) {
  const uint64_t size = aoe_disk_size(disk);
  uint64_t asked = 0; /* bytes */
  unsigned started = 0, written = 0;
  int status = 0;
  while (written < started || (asked < size && status == 0)) {
    struct chunk *oldest = &chunks[written % CHUNKS];
    if (asked < size && started - written < CHUNKS && status == 0) {
      struct chunk *next = &chunks[started % CHUNKS];
      next->bytes = size - asked < CHUNK_BYTES ? (size_t)(size - asked) : CHUNK_BYTES;
      next->finished = 0;
      if (aoe_aio_read(disk, next->data, next->bytes, asked, chunk_done, next) < 0) {
        status = complain("cannot read");
        continue;
      }
      asked += next->bytes;
      started++;
    } else if (!oldest->finished) {
      if (aoe_client_poll(aoe_disk_client(disk), -1) < 0) return complain("cannot wait");
    } else {
      if (oldest->error != 0) status = 1;
      if (status == 0 && fwrite(oldest->data, 1, oldest->bytes, stdout) != oldest->bytes) {
        perror("aoe-cat: standard output");
        status = 1;
      }
      written++;
    }
  }
  if (fflush(stdout) != 0) {
    perror("aoe-cat: standard output");
    status = 1;
  }
  return status;
}

static int run(aoe_client *client, const char *address, struct chunk *chunks) {
  uint16_t shelf;
  uint8_t slot;
  char interfaces[256];
  aoe_disk *disk;
  int status;
  if (aoe_parse_address(address, &shelf, &slot, interfaces, sizeof interfaces) < 0) return complain("usage");
  if (aoe_client_set_interfaces(client, interfaces) < 0) return complain("usage");
  if (aoe_client_set_thread(client, AOE_THREAD_CALLER) < 0) return complain("threads");
  if (aoe_client_start(client) < 0) return complain("cannot start");
  if (aoe_disk_open(client, shelf, slot, AOE_OPEN_READ_ONLY, 5000, &disk) < 0) return complain("cannot open");
  status = copy(disk, chunks);
  aoe_disk_close(disk);
  return status;
}

int main(int argc, char **argv) {
  struct chunk chunks[CHUNKS] = {{0}};
  aoe_client *client;
  unsigned i;
  int status;
  if (argc != 2) {
    fprintf(stderr, "usage: aoe-cat ADDRESS, like aoe://eth0/1.2 (libaoekit %s)\n", aoe_version());
    return 2;
  }
  client = aoe_client_new();
  if (client == NULL) return complain("no memory");
  for (i = 0; i < CHUNKS; i++) {
    chunks[i].data = malloc(CHUNK_BYTES);
    if (chunks[i].data == NULL) return complain("no memory");
  }
  status = run(client, argv[1], chunks);
  aoe_client_free(client);
  for (i = 0; i < CHUNKS; i++) free(chunks[i].data);
  return status;
}
