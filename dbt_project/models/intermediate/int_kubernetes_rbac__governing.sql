with roles as (
    select * from {{ ref('stg_kubernetes_rbac__roles') }}
),

allowed as (
    select
        source_name,
        observed_at,
        kind,
        namespace,
        name,
        unnest(
            from_json(
                try_cast(rules as json),
                '[{"apiGroups": ["VARCHAR"], "resources": ["VARCHAR"], "verbs": ["VARCHAR"]}]'
            )
        ) as rule
    from roles
),

-- Who may do anything with anything, or be somebody else, or give out more than they have.
governing as (
    select distinct
        source_name,
        observed_at,
        kind,
        namespace,
        name
    from allowed
    where
        list_has_any(rule['verbs'], ['escalate', 'bind', 'impersonate'])
        or (
            list_contains(rule['verbs'], '*')
            and list_has_any(
                rule['resources'],
                ['*', 'roles', 'rolebindings', 'clusterroles', 'clusterrolebindings']
            )
            and list_has_any(rule['apiGroups'], ['*', 'rbac.authorization.k8s.io'])
        )
)

select * from governing
