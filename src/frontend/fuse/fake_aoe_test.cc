// The functions of lib/aoekit.h that aoefuse uses, on the disks in memory of fake_aoe.h.
#include "frontend/fuse/fake_aoe.h"

namespace {

aoekit::fuse::FakeAoe& fake_aoe() { return *aoekit::fuse::FakeAoe::instance(); }

}  // namespace

extern "C" {

const char* aoe_error(void) { return "the fake's error"; }

aoe_client* aoe_client_new(void) {
  ++fake_aoe().clients;
  return new aoe_client;
}
void aoe_client_free(aoe_client* client) {
  if (aoekit::fuse::FakeAoe::instance() != nullptr) --fake_aoe().clients;
  delete client;
}
int aoe_client_set_interfaces(aoe_client*, const char*) { return 0; }
int aoe_client_set_dead_seconds(aoe_client*, uint32_t) { return 0; }
int aoe_client_set_requests(aoe_client*, uint32_t) { return 0; }
int aoe_client_on_event(aoe_client*, void (*)(void*, const aoe_event*), void*) { return 0; }
int aoe_client_set_thread(aoe_client*, enum aoe_thread) { return 0; }
int aoe_client_fd(aoe_client*) { return -1; }
int aoe_client_poll(aoe_client*, int) { return 0; }
int aoe_batch_begin(aoe_client*) { return 0; }
int aoe_batch_end(aoe_client*) { return 0; }
int aoe_client_start(aoe_client*) { return fake_aoe().start_error; }
aoe_client* aoe_disk_client(aoe_disk* disk) { return disk->client; }

int aoe_disk_open(aoe_client* client, uint16_t shelf, uint8_t slot, uint32_t, int, aoe_disk** disk) {
  const auto found = fake_aoe().disks.find({shelf, slot});
  if (found == fake_aoe().disks.end()) return -ENODEV;
  *disk = found->second.get();
  (*disk)->client = client;
  ++(*disk)->opened;
  return 0;
}
void aoe_disk_close(aoe_disk* disk) { --disk->opened; }
uint64_t aoe_disk_size(aoe_disk* disk) { return disk->bytes.size(); }
int aoe_disk_get_status(aoe_disk* disk, aoe_disk_status* out) {
  *out = disk->status;
  return 0;
}
int aoe_client_list(aoe_client*, aoe_disk_status* out, size_t count) {
  std::size_t stored = 0;
  for (const auto& [address, disk] : fake_aoe().disks) {
    if (stored < count) out[stored++] = disk->status;
  }
  return static_cast<int>(fake_aoe().disks.size());
}
int64_t aoe_aio_read(aoe_disk* disk, void* buffer, size_t bytes, uint64_t offset, aoe_callback done, void* user) {
  return fake_aoe().start({'r', disk, buffer, nullptr, bytes, offset, done, user});
}
int64_t aoe_aio_write(aoe_disk* disk, const void* buffer, size_t bytes, uint64_t offset, uint32_t, aoe_callback done,
                      void* user) {
  return fake_aoe().start({'w', disk, nullptr, buffer, bytes, offset, done, user});
}
int64_t aoe_aio_flush(aoe_disk* disk, aoe_callback done, void* user) {
  return fake_aoe().start({'f', disk, nullptr, nullptr, 0, 0, done, user});
}
int64_t aoe_aio_trim(aoe_disk* disk, uint64_t bytes, uint64_t offset, aoe_callback done, void* user) {
  return fake_aoe().start({'t', disk, nullptr, nullptr, bytes, offset, done, user});
}
int64_t aoe_aio_zero(aoe_disk* disk, uint64_t bytes, uint64_t offset, uint32_t, aoe_callback done, void* user) {
  return fake_aoe().start({'z', disk, nullptr, nullptr, bytes, offset, done, user});
}
int aoe_flush(aoe_disk*) {
  fake_aoe().log += 'F';
  return 0;
}

}  // extern "C"
