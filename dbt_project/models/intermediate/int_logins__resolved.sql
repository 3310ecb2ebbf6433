{{ resolved('int_logins__tried') }}
