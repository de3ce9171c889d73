from loaders.sample.generate import SampleData, generate_sample

__all__ = ["SampleData", "generate_sample"]
