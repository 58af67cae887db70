"""The genuine OpenDaylight VTN Manager in a network namespace of its own, with Open vSwitch below it."""
