with subjects as (
    select * from {{ ref('stg_kubernetes_rbac__subjects') }}
),

governing as (
    select * from {{ ref('int_kubernetes_rbac__governing') }}
),

-- What the API server gives its own parts is the same in every cluster.
told as (
    select
        *,
        case subject_kind
            when 'ServiceAccount'
                then concat('system:serviceaccount:', subject_namespace, ':', subject_name)
            when 'Group' then 'group:' || subject_name
            else subject_name
        end as account
    from subjects
    where
        not (
            is_default
            and (
                starts_with(subject_name, 'system:')
                or coalesce(
                    subject_kind = 'ServiceAccount' and subject_namespace = 'kube-system', false
                )
            )
        )
)

select
    told.source_name,
    told.system,
    told.observed_at,
    told.account,
    concat_ws('/', told.cluster, told.namespace) as resource_name,
    told.role_kind || '/' || told.role_name as permission,
    'binding:' || told.name as granted_via,
    governing.name is not null as is_privileged,
    cast(null as timestamp) as granted_at,
    cast(null as timestamp) as expires_at,
    cast(null as timestamp) as last_used_at,
    cast(null as varchar) as granted_by,
    cast(null as boolean) as is_enabled
from told
left outer join governing
    on told.source_name = governing.source_name
    and told.observed_at = governing.observed_at
    and told.role_kind = governing.kind
    and told.role_name = governing.name
    and (told.role_kind = 'ClusterRole' or told.namespace = governing.namespace)
