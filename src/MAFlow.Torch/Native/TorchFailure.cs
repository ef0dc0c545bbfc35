using System.Text.RegularExpressions;

namespace MAFlow.Torch.Native;

/// <summary>Words for what keeps libtorch or a device from coming up: what is missing, then what to do.</summary>
internal static partial class TorchFailure
{
    private const string AddBackend =
        "add the package TorchSharp-cpu (or TorchSharp-cuda-linux / TorchSharp-cuda-windows) to the application project";

    /// <summary>The message for a library that does not load.</summary>
    public static string DescribeLoad(TorchProbe probe)
    {
        var platform = probe.Platform;
        if (platform.IsMusl)
        {
            return $"libtorch could not be loaded: this process runs on {platform.Identifier} (Alpine or another musl system), "
                + "and libtorch is built for glibc only. Run on a glibc system, for instance a container image based on Ubuntu or Debian.";
        }

        if (!platform.IsSupported)
        {
            return $"libtorch could not be loaded: there is no TorchSharp package for {platform.Identifier}. "
                + "Run a 64-bit process on linux-x64, win-x64, win-arm64 or osx-arm64.";
        }

        if (probe.LibraryPath is null)
        {
            return $"libtorch could not be loaded: {platform.FileName("LibTorchSharp")} is not beside the application. "
                + $"Publish the application again with its native files, and if it has no libtorch yet, {AddBackend}.";
        }

        if (probe.LoaderError is not { } error)
        {
            return $"libtorch could not be loaded by name, although '{probe.LibraryPath}' loads. {Capitalise(AddBackend)}.";
        }

        if (MissingVersion().Match(error) is { Success: true } version)
        {
            return DescribeVersion(version.Groups["version"].Value, probe.LibraryPath);
        }

        if (MissingFile().Match(error) is { Success: true } file && !IsLibTorch(file.Groups["file"].Value))
        {
            return $"libtorch could not be loaded: the system library '{file.Groups["file"].Value}' is missing. "
                + "Install the operating system's package that provides it.";
        }

        if (!probe.HasLibTorch)
        {
            return $"libtorch could not be loaded: the application carries no torch backend. {Capitalise(AddBackend)}.";
        }

        if (platform.IsWindows)
        {
            return $"libtorch could not be loaded from '{probe.LibraryPath}': {error} "
                + "Install the Microsoft Visual C++ Redistributable, and make sure that all files of one torch backend are in one folder.";
        }

        return $"libtorch could not be loaded from '{probe.LibraryPath}': {error}";
    }

    /// <summary>The message for a GPU that was asked for and is not there.</summary>
    public static string DescribeCuda(TorchPlatform platform, bool hasCudaLibrary)
    {
        if (platform.CudaPackage is not { } package)
        {
            return $"CUDA was asked for, but there is no CUDA backend for {platform.Identifier}. Use the CPU.";
        }

        return hasCudaLibrary
            ? "CUDA was asked for, but no usable NVIDIA GPU was found. Check the driver with 'nvidia-smi' (in a container, that the GPU is "
                + "passed through), or use the CPU."
            : "CUDA was asked for, but the application carries a torch backend without CUDA. "
                + $"Replace that package with {package} in the application project, or use the CPU.";
    }

    /// <summary>The message for a GPU id that cannot be used.</summary>
    public static string DescribeGpu(int gpuDeviceId, int deviceCount, string? cudaProblem) =>
        deviceCount == 0
            ? $"Expected a GPU with id {gpuDeviceId}, got none: {cudaProblem} Pass no GPU id, or allow the fallback to the CPU."
            : $"Expected a GPU id from 0 to {deviceCount - 1}, got {gpuDeviceId}. Pass one of these ids, or none to use the CPU.";

    private static string DescribeVersion(string version, string libraryPath) =>
        version.StartsWith("GLIBC_", StringComparison.Ordinal)
            ? $"libtorch could not be loaded: '{libraryPath}' needs {version}, which the glibc of this system does not have. "
                + "Run on a newer distribution: Ubuntu 22.04, Debian 12, RHEL 9 or later."
            : $"libtorch could not be loaded: '{libraryPath}' needs {version}, which the libstdc++ of this system is too old for. "
                + "Rebuild the application with RepairLibTorchSharp left on (the package MAFlow.Torch then takes this need away), "
                + "or run on Ubuntu 24.04, Debian 13 or later.";

    private static bool IsLibTorch(string file) =>
        file.StartsWith("libtorch", StringComparison.Ordinal) || file.StartsWith("libc10", StringComparison.Ordinal);

    private static string Capitalise(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    [GeneratedRegex(@"version [`'](?<version>[A-Z]+_[0-9.]+)' not found")]
    private static partial Regex MissingVersion();

    [GeneratedRegex(@"(?<file>[^\s:/]+\.so[.0-9]*): cannot open shared object file")]
    private static partial Regex MissingFile();
}
