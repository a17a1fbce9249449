mod accepted;
mod hostile;
mod normalize;
mod properties;
