"""Pictures (图片) that members attach: taken in once, checked by the platform, kept as files."""
