{{ resolved('int_logins__tried', on_days_of='int_logins__changed') }}
