namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class TorchFailureTests
{
    private const string Library = "/app/libLibTorchSharp.so";
    private static readonly TorchPlatform _linux = new("linux-x64");

    [TestMethod]
    [DataRow("linux-musl-x64", "glibc")]
    [DataRow("linux-musl-arm64", "glibc")]
    [DataRow("linux-arm64", "no TorchSharp package for linux-arm64")]
    [DataRow("osx-x64", "no TorchSharp package for osx-x64")]
    [DataRow("win-x86", "64-bit")]
    public void An_unsupported_platform_is_named(string platform, string expected)
    {
        var message = TorchFailure.DescribeLoad(new TorchProbe(new TorchPlatform(platform), Library, true, "any error"));
        StringAssert.Contains(message, platform);
        StringAssert.Contains(message, expected);
    }

    [TestMethod]
    [DataRow("linux-x64", "libtorch.so: cannot open shared object file: No such file or directory")]
    [DataRow("win-x64", "The specified module could not be found. (0x8007007E)")]
    [DataRow("osx-arm64", "Library not loaded: @rpath/libtorch.dylib")]
    public void A_missing_backend_names_the_packages_to_add(string platform, string error)
    {
        var message = TorchFailure.DescribeLoad(new TorchProbe(new TorchPlatform(platform), Library, false, error));
        StringAssert.Contains(message, "no torch backend");
        StringAssert.Contains(message, "dd the package TorchSharp-cpu (or TorchSharp-cuda-linux / TorchSharp-cuda-windows)");
    }

    [TestMethod]
    [DataRow("GLIBCXX_3.4.32", "libstdc++", "RepairLibTorchSharp")]
    [DataRow("CXXABI_1.3.15", "libstdc++", "Debian 13")]
    [DataRow("GLIBC_2.34", "glibc of this system", "newer distribution")]
    public void A_version_that_the_system_lacks_is_named_with_its_remedy(string version, string subject, string remedy)
    {
        var error = $"Unable to load shared library '{Library}' or one of its dependencies. \n"
            + $"/lib/x86_64-linux-gnu/libstdc++.so.6: version `{version}' not found (required by {Library})\n";
        var message = TorchFailure.DescribeLoad(new TorchProbe(_linux, Library, true, error));
        StringAssert.Contains(message, $"'{Library}' needs {version}");
        StringAssert.Contains(message, subject);
        StringAssert.Contains(message, remedy);
    }

    [TestMethod]
    public void A_missing_system_library_is_named()
    {
        var message = TorchFailure.DescribeLoad(
            new TorchProbe(_linux, Library, true, "\nlibstdc++.so.6: cannot open shared object file: No such file or directory"));
        StringAssert.Contains(message, "system library 'libstdc++.so.6' is missing");
    }

    [TestMethod]
    public void A_native_library_that_was_not_published_is_named()
    {
        var message = TorchFailure.DescribeLoad(new TorchProbe(_linux, null, false, null));
        StringAssert.Contains(message, "libLibTorchSharp.so is not beside the application");
    }

    [TestMethod]
    public void Any_other_error_is_passed_on()
    {
        var message = TorchFailure.DescribeLoad(new TorchProbe(_linux, Library, true, "file too short"));
        StringAssert.Contains(message, $"from '{Library}': file too short");
    }

    [TestMethod]
    [DataRow("linux-x64", false, "Replace that package with TorchSharp-cuda-linux")]
    [DataRow("win-x64", false, "Replace that package with TorchSharp-cuda-windows")]
    [DataRow("linux-x64", true, "nvidia-smi")]
    [DataRow("osx-arm64", false, "no CUDA backend for osx-arm64")]
    public void Absent_cuda_comes_with_its_remedy(string platform, bool hasCudaLibrary, string expected)
    {
        StringAssert.Contains(TorchFailure.DescribeCuda(new TorchPlatform(platform), hasCudaLibrary), expected);
    }

    [TestMethod]
    public void A_gpu_id_out_of_range_says_what_was_expected_and_got()
    {
        StringAssert.Contains(TorchFailure.DescribeGpu(4, 2, null), "Expected a GPU id from 0 to 1, got 4.");
        StringAssert.Contains(TorchFailure.DescribeGpu(0, 0, "No driver."), "Expected a GPU with id 0, got none: No driver.");
    }
}
