// SPDX-License-Identifier: Apache-2.0
//
// What the parts of the UART share.

package uart_pkg;

  // LCR[5:0], the shape of a frame (PC16550D data sheet, section 8.1).
  typedef struct packed {
    logic       stick;      // the parity bit is constant: not `even`
    logic       even;
    logic       parity;     // a parity bit follows the data
    logic       long_stop;  // 2 stop bits; 1.5 where the word has 5 bits
    logic [1:0] word;       // data bits less 5
  } frame_t;

  // What the receiver hands over, as it lies in the FIFO.
  typedef struct packed {
    logic       break_int;
    logic       framing;
    logic       parity;
    logic [7:0] data;
  } character_t;

endpackage
