{{ resolved('int_events__sessioned') }}
