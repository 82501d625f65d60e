/* For tests: every function of libaoekit once, against a disk of at least 2 MiB whose content does not matter.
 *
 *   exercise own|caller INTERFACE SHELF SLOT       prints "ok", or the line that was not as it should be
 *   exercise outage INTERFACE SHELF SLOT MARK      writes until that fails, makes the file MARK, and goes on writing
 *                                                  until it works again
 */
#include <aoekit.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB (1024u * 1024)

#define EXPECT(condition)                                                                        \
  do {                                                                                           \
    if (!(condition)) {                                                                          \
      fprintf(stderr, "exercise.c:%d: not so: %s (%s)\n", __LINE__, #condition, aoe_error());    \
      exit(1);                                                                                   \
    }                                                                                            \
  } while (0)

static unsigned char one[MIB], two[MIB], zeros[MIB];
static int appeared, downs, ups;

static void on_event(void *user, const aoe_event *event) {
  EXPECT(user == &appeared);
  EXPECT(event->text != NULL && event->text[0] != '\0');
  if (event->kind == AOE_EVENT_APPEARED) appeared++;
  if (event->kind == AOE_EVENT_DOWN) downs++;
  if (event->kind == AOE_EVENT_UP) ups++;
}

static void count_done(void *user, int64_t cookie, int error, const char *text) {
  EXPECT(cookie > 0);
  EXPECT(error == 0 && text == NULL);
  __atomic_add_fetch((int *)user, 1, __ATOMIC_SEQ_CST);
}

static void fill(unsigned char *data, unsigned seed) {
  size_t i;
  for (i = 0; i < MIB; i++) data[i] = (unsigned char)((i * 2654435761u + seed) >> 7);
}

static void synchronous(aoe_disk *disk) {
  fill(one, 1);
  EXPECT(aoe_write(disk, one, MIB, 0, 0) == 0);
  EXPECT(aoe_flush(disk) == 0);
  EXPECT(aoe_read(disk, two, MIB, 0) == 0);
  EXPECT(memcmp(one, two, MIB) == 0);
  EXPECT(aoe_write(disk, one, 512, 1024, AOE_FUA) == 0);
  EXPECT(aoe_read(disk, two, 512, 1024) == 0);
  EXPECT(memcmp(one, two, 512) == 0);
  EXPECT(aoe_zero(disk, 64 * 1024, 4096, 0) == 0);
  EXPECT(aoe_read(disk, two, 128 * 1024, 0) == 0);
  EXPECT(memcmp(two + 4096, zeros, 64 * 1024) == 0);
  EXPECT(two[4095] == one[4095] && memcmp(two + 68 * 1024, one + 68 * 1024, 60 * 1024) == 0);
  EXPECT(aoe_zero(disk, MIB, 0, AOE_MAY_TRIM) == 0);
  EXPECT(aoe_read(disk, two, MIB, 0) == 0);
  EXPECT(memcmp(two, zeros, MIB) == 0);
  EXPECT(aoe_read(disk, two, 0, 0) == 0);
}

static void refusals(aoe_client *client, aoe_disk *disk, uint16_t shelf, uint8_t slot) {
  const uint64_t size = aoe_disk_size(disk);
  aoe_disk *read_only = NULL;
  EXPECT(aoe_read(disk, two, 100, 0) == -EINVAL);
  EXPECT(aoe_read(disk, two, 512, 100) == -EINVAL);
  EXPECT(aoe_read(disk, two, 1024, size - 512) == -ENOSPC);
  EXPECT(aoe_write(disk, two, 512, UINT64_MAX - 511, 0) == -ENOSPC);
  EXPECT(aoe_zero(disk, (uint64_t)1 << 63, 0, 0) == -ENOSPC);
  EXPECT(aoe_write(disk, two, 512, 0, 0x80) == -EINVAL);
  EXPECT(aoe_client_set_requests(client, 5) == -EBUSY);
  EXPECT(aoe_disk_open(client, AOE_ANY_SHELF, slot, 0, 0, &read_only) == -EINVAL);
  EXPECT(aoe_disk_open(client, shelf, slot, AOE_OPEN_READ_ONLY, 1000, &read_only) == 0);
  EXPECT(aoe_write(read_only, two, 512, 0, 0) == -EROFS);
  EXPECT(aoe_trim(read_only, 512, 0) == -EROFS);
  EXPECT(aoe_read(read_only, two, 512, 0) == 0);
  EXPECT(aoe_client_forget(client, AOE_ANY_SHELF, AOE_ANY_SLOT, 1) == 0);
  aoe_disk_close(read_only);
}

static void trim(aoe_disk *disk, uint32_t flags) {
  if ((flags & AOE_DISK_CAN_TRIM) == 0) {
    EXPECT(aoe_trim(disk, MIB, 0) == -EOPNOTSUPP);
    return;
  }
  EXPECT(aoe_write(disk, one, MIB, 0, 0) == 0);
  EXPECT(aoe_trim(disk, MIB / 2, 0) == 0);
  EXPECT(aoe_read(disk, two, MIB, 0) == 0);
  EXPECT(memcmp(two + MIB / 2, one + MIB / 2, MIB / 2) == 0);
  if ((flags & AOE_DISK_TRIM_ZEROES) != 0) EXPECT(memcmp(two, zeros, MIB / 2) == 0);
}

static void asynchronous(aoe_client *client, aoe_disk *disk, int poll) {
  int done = 0, started = 0, i;
  fill(one, 2);
  for (i = 0; i < 16; i++) {
    EXPECT(aoe_aio_write(disk, one + i * 65536, 65536, (uint64_t)i * 65536, 0, count_done, &done) > 0);
    started++;
  }
  EXPECT(aoe_batch_begin(client) == 0);
  /* Overlapping reads see what was written before them. */
  for (i = 0; i < 16; i++) {
    EXPECT(aoe_aio_read(disk, two + i * 65536, 65536, (uint64_t)i * 65536, count_done, &done) > 0);
    started++;
  }
  EXPECT(aoe_aio_flush(disk, count_done, &done) > 0);
  EXPECT(aoe_aio_zero(disk, 512, MIB, 0, count_done, &done) > 0);
  started += 2;
  EXPECT(aoe_batch_end(client) == 0);
  while (__atomic_load_n(&done, __ATOMIC_SEQ_CST) < started) {
    if (poll) {
      EXPECT(aoe_client_poll(client, 1000) >= 0);
    } else {
      usleep(1000);
    }
  }
  EXPECT(memcmp(one, two, MIB) == 0);
}

static void everything(const char *mode, const char *interface, uint16_t shelf, uint8_t slot) {
  const int caller = strcmp(mode, "caller") == 0;
  aoe_client *client = aoe_client_new();
  aoe_disk_status status, *all = calloc(4, sizeof *all);
  aoe_disk *disk = NULL;
  char address[64];
  EXPECT(client != NULL && all != NULL);
  EXPECT(aoe_client_set_interfaces(client, interface) == 0);
  EXPECT(aoe_client_set_thread(client, caller ? AOE_THREAD_CALLER : AOE_THREAD_OWN) == 0);
  EXPECT(aoe_client_on_event(client, on_event, &appeared) == 0);
  EXPECT(aoe_client_start(client) == 0);
  EXPECT(aoe_client_discover(client, shelf, slot, 5000) == 0);
  EXPECT(aoe_client_list(client, all, 4) == 1);
  EXPECT(all[0].shelf == shelf && all[0].slot == slot && all[0].state == AOE_DISK_UP);
  EXPECT(aoe_disk_open(client, shelf, slot, 0, 5000, &disk) == 0);
  EXPECT(aoe_disk_client(disk) == client);
  EXPECT(aoe_client_fd(client) >= 0);
  EXPECT(caller || aoe_client_poll(client, 0) == -EINVAL);
  synchronous(disk);
  refusals(client, disk, shelf, slot);
  asynchronous(client, disk, caller);
  EXPECT(aoe_disk_get_status(disk, &status) == 0);
  trim(disk, status.flags);
  EXPECT(aoe_disk_get_status(disk, &status) == 0);
  EXPECT(status.size_bytes == aoe_disk_size(disk) && status.size_bytes >= 2 * MIB);
  EXPECT(status.open_count == 1 && status.requests == 0 && status.requests_done > 32 && status.requests_failed == 0);
  EXPECT(status.bytes_written >= MIB && status.bytes_read >= MIB);
  EXPECT(status.model[0] != '\0' && status.serial[0] != '\0');
  EXPECT(status.path_count == 1 && strcmp(status.paths[0].interface, interface) == 0);
  EXPECT(status.paths[0].state == AOE_PATH_UP && status.paths[0].buffers > 0 && status.paths[0].round_trip_us > 0);
  EXPECT(status.payload_bytes == status.paths[0].payload_bytes && status.payload_bytes == 8704);
  aoe_disk_close(disk);
  EXPECT(appeared == 1);
  EXPECT(aoe_client_forget(client, AOE_ANY_SHELF, AOE_ANY_SLOT, 0) == 0);
  EXPECT(aoe_client_forget(client, AOE_ANY_SHELF, AOE_ANY_SLOT, 1) == 1);
  EXPECT(aoe_client_list(client, NULL, 0) == 0);
  aoe_client_free(client);
  snprintf(address, sizeof address, "aoe://%s/%u.%u", interface, shelf, slot);
  EXPECT(aoe_open(address, 0, 5000, &disk) == 0);
  EXPECT(aoe_read(disk, two, 512, 0) == 0);
  aoe_disk_close(disk);
  free(all);
}

static void outage(const char *interface, uint16_t shelf, uint8_t slot, const char *mark) {
  aoe_client *client = aoe_client_new();
  aoe_disk *disk = NULL;
  FILE *file;
  int status, tries;
  EXPECT(client != NULL && aoe_client_set_interfaces(client, interface) == 0);
  EXPECT(aoe_client_set_dead_seconds(client, 2) == 0);
  EXPECT(aoe_client_on_event(client, on_event, &appeared) == 0);
  EXPECT(aoe_client_start(client) == 0 && aoe_disk_open(client, shelf, slot, 0, 5000, &disk) == 0);
  fill(one, 3);
  while ((status = aoe_write(disk, one, 65536, 0, 0)) == 0) {}
  EXPECT(status == -EIO);
  EXPECT(strstr(aoe_error(), "answer") != NULL);
  EXPECT(aoe_write(disk, one, 512, 0, 0) == -EIO);
  file = fopen(mark, "w");
  EXPECT(file != NULL && fclose(file) == 0);
  for (tries = 0; tries < 500 && (status = aoe_write(disk, one, MIB, 0, 0)) != 0; tries++) usleep(100000);
  EXPECT(status == 0);
  EXPECT(aoe_read(disk, two, MIB, 0) == 0 && memcmp(one, two, MIB) == 0);
  aoe_disk_close(disk);
  aoe_client_free(client);
  EXPECT(downs == 1 && ups == 1);
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  if (strcmp(argv[1], "outage") == 0) {
    if (argc != 6) return 2;
    outage(argv[2], (uint16_t)atoi(argv[3]), (uint8_t)atoi(argv[4]), argv[5]);
  } else {
    everything(argv[1], argv[2], (uint16_t)atoi(argv[3]), (uint8_t)atoi(argv[4]));
  }
  puts("ok");
  return 0;
}
