"""What vtnmd tells about itself: the state, operations, alarms and notifications of `vtnmd-orchestration` and `ietf-alarms`."""
