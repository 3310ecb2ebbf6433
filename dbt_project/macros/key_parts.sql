{# What an accepted login tells of its key (type, fingerprint, certificate): `ssh2: RSA SHA256:…` or
   `ssh2: RSA-CERT SHA256:… ID ada (serial 1) CA …`; older daemons write fingerprints in pairs. #}
{% macro key_parts(line) -%}
regexp_extract(
            {{ line }},
            '^Accepted \S+ for .* from \S+ port \d+ ssh2: (\S+)'
            || '(?: (SHA256:\S+|(?:MD5:)?(?:[0-9a-f]{2}:){15}[0-9a-f]{2}))?'
            || '(?: ID (.*) \(serial \d+\) CA )?',
            ['type', 'fingerprint', 'certificate']
        )
{%- endmacro %}
