"""The engines that carry out the tasks of `tmon.work`: in this process, or in any of several workers."""
