/// Runs bundles on devices.
///
/// Knows the device interface, not the devices: [DeviceSelector] finds them as services.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.execute;
