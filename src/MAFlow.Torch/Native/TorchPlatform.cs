using System.Runtime.InteropServices;

namespace MAFlow.Torch.Native;

/// <summary>The platform a process runs on, as far as the choice of a libtorch package goes.</summary>
internal sealed record TorchPlatform(string Identifier)
{
    private static readonly string[] _supported = ["linux-x64", "win-x64", "win-arm64", "osx-arm64"];

    /// <summary>The platform of this process.</summary>
    public static TorchPlatform Current { get; } = new(Identify());

    /// <summary>Whether TorchSharp and libtorch are published for the platform.</summary>
    public bool IsSupported => _supported.Contains(Identifier);

    /// <summary>Whether the C library is musl, as on Alpine.</summary>
    public bool IsMusl => Identifier.StartsWith("linux-musl-", StringComparison.Ordinal);

    /// <summary>Whether the platform is Windows.</summary>
    public bool IsWindows => Identifier.StartsWith("win-", StringComparison.Ordinal);

    /// <summary>The package that brings libtorch with CUDA, or null where there is none.</summary>
    public string? CudaPackage => Identifier switch
    {
        "linux-x64" => "TorchSharp-cuda-linux",
        "win-x64" => "TorchSharp-cuda-windows",
        _ => null,
    };

    /// <summary>The file name of a native library: "torch_cpu" is libtorch_cpu.so on Linux.</summary>
    public string FileName(string library) =>
        IsWindows ? library + ".dll" : "lib" + library + (Identifier.StartsWith("osx-", StringComparison.Ordinal) ? ".dylib" : ".so");

    // RuntimeInformation.RuntimeIdentifier may name a distribution, which no package does; it is only asked about musl.
    private static string Identify()
    {
        var architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        if (OperatingSystem.IsWindows())
        {
            return "win-" + architecture;
        }

        if (OperatingSystem.IsMacOS())
        {
            return "osx-" + architecture;
        }

        if (!OperatingSystem.IsLinux())
        {
            return RuntimeInformation.RuntimeIdentifier;
        }

        var runtime = RuntimeInformation.RuntimeIdentifier;
        var musl = runtime.Contains("musl", StringComparison.Ordinal) || runtime.StartsWith("alpine", StringComparison.Ordinal);
        return (musl ? "linux-musl-" : "linux-") + architecture;
    }
}
