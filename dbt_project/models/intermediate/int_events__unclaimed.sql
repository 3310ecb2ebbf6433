{{ sessioned(among='int_accounts__unclaimed') }}
