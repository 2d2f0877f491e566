//! Classes that 4.0.0 has under another name.
//!
//! In: the name of a class. Out: its new name. Always: data.
//!
//! Source: wso2-synapse, difference between the tags v2.1.7-wso2v182 (1.2.0) and v2.1.7-wso2v227 (4.0.0); the package
//! moved in wso2-synapse#1691. `AbstractHandler`, `Handler`, `RESTConstants`, `RESTRequestHandler` and `RESTUtils`
//! stayed in `org.apache.synapse.rest`.

/// Below `org/apache/synapse/`: the old name and the new one.
const MOVES: [(&str, &str); 18] = [
    ("rest/API", "api/API"),
    ("rest/AbstractRESTProcessor", "api/AbstractRequestProcessor"),
    ("rest/Resource", "api/Resource"),
    ("rest/cors/CORSConfiguration", "api/cors/CORSConfiguration"),
    ("rest/cors/CORSHelper", "api/cors/CORSHelper"),
    ("rest/cors/SynapseCORSConfiguration", "api/cors/SynapseCORSConfiguration"),
    ("rest/dispatch/DefaultDispatcher", "api/dispatch/DefaultDispatcher"),
    ("rest/dispatch/DispatcherHelper", "api/dispatch/DispatcherHelper"),
    ("rest/dispatch/RESTDispatcher", "api/dispatch/RESTDispatcher"),
    ("rest/dispatch/URITemplateBasedDispatcher", "api/dispatch/URITemplateBasedDispatcher"),
    ("rest/dispatch/URITemplateHelper", "api/dispatch/URITemplateHelper"),
    ("rest/dispatch/URLMappingBasedDispatcher", "api/dispatch/URLMappingBasedDispatcher"),
    ("rest/dispatch/URLMappingHelper", "api/dispatch/URLMappingHelper"),
    ("rest/version/AbstractVersionStrategy", "api/version/AbstractVersionStrategy"),
    ("rest/version/ContextVersionStrategy", "api/version/ContextVersionStrategy"),
    ("rest/version/DefaultStrategy", "api/version/DefaultStrategy"),
    ("rest/version/URLBasedVersionStrategy", "api/version/URLBasedVersionStrategy"),
    ("rest/version/VersionStrategy", "api/version/VersionStrategy"),
];

const SYNAPSE: &str = "org/apache/synapse/";

/// The name that a class has in 4.0.0, where it moved. Both with slashes.
pub(super) fn moved_to(class: &str) -> Option<String> {
    let name = class.strip_prefix(SYNAPSE)?;
    let outer = name.split('$').next().unwrap_or(name);
    let (old, new) = MOVES.iter().find(|(old, _)| *old == outer)?;
    let nested = name.strip_prefix(old).unwrap_or_default();
    Some(format!("{SYNAPSE}{new}{nested}"))
}
