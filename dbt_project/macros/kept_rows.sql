{# A table as the last build left it, for a model that it is made of; false where it is made anew,
   and in unit tests, which have nothing kept. #}
{% macro kept_rows(name) -%}
    {%- if not execute or not this or flags.FULL_REFRESH -%}{{ return(false) }}{%- endif -%}
    {{ return(load_cached_relation(this.incorporate(path={'identifier': name})) or false) }}
{%- endmacro %}
