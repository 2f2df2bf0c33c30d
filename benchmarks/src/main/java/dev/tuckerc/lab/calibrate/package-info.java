/// The laboratory's command `calibrate`: measures a GPU and writes a device file for the
/// performance model.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.lab.calibrate;
