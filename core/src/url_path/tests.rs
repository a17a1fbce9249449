mod accepted;
mod hostile;
mod properties;
