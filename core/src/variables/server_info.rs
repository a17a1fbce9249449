/// What the variables tell about the server itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerInfo {
    /// SERVER_SOFTWARE, by default `isapi/VERSION`.
    pub software: String,
    /// APP_POOL_ID, by default IIS's own default, `DefaultAppPool`.
    pub app_pool_id: String,
    /// APP_POOL_CONFIG: the file the configuration was read from, by default `""`.
    pub app_pool_config: String,
    /// INSTANCE_ID: the number of the site, by default `1`.
    pub instance_id: String,
    /// INSTANCE_META_PATH, by default `/LM/W3SVC/1`.
    pub instance_meta_path: String,
    /// INSTANCE_NAME, by default IIS's own default, `Default Web Site`.
    pub instance_name: String,
}

impl Default for ServerInfo {
    fn default() -> Self {
        Self {
            software: concat!("isapi/", env!("CARGO_PKG_VERSION")).to_owned(),
            app_pool_id: "DefaultAppPool".to_owned(),
            app_pool_config: String::new(),
            instance_id: "1".to_owned(),
            instance_meta_path: "/LM/W3SVC/1".to_owned(),
            instance_name: "Default Web Site".to_owned(),
        }
    }
}
