// SPDX-License-Identifier: Apache-2.0
// Rows that vm_bench.sh has measured in the host VM.
#include "tb/bench/rows.h"

namespace mtty::bench {

std::vector<Row> vm_rows() {
  const std::string sample = "the kernel's own mtty sample";
  return {
      {"vfio_read", "pread of LSR through mtty.ko and the simulator", sample, Figure::kTime, "us",
       1, 2},
      {"vfio_write", "pwrite of SCR through mtty.ko and the simulator", sample, Figure::kTime, "us",
       1, 2},
      {"guest_throughput", "a guest's bytes out and back in, pace guest", "QEMU's own pci-serial",
       Figure::kRate, "byte/s", 1, 0.8},
  };
}

}  // namespace mtty::bench
