using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace MAFlow.Torch.Native;

/// <summary>What was found when libtorch was looked for.</summary>
/// <param name="Platform">The platform of the process.</param>
/// <param name="LibraryPath">Where TorchSharp's native library lies, or null when it was not found.</param>
/// <param name="HasLibTorch">Whether libtorch itself lies in one of the folders that are searched.</param>
/// <param name="LoaderError">What the system's loader said about the library, or null when there was nothing to load.</param>
internal sealed record TorchProbe(TorchPlatform Platform, string? LibraryPath, bool HasLibTorch, string? LoaderError)
{
    private static Assembly TorchSharpAssembly => typeof(torch).Assembly;

    [UnconditionalSuppressMessage("SingleFile", "IL3000",
        Justification = "A single file has no location, and then the base directory counts.")]
    private static string TorchSharpFolder =>
        TorchSharpAssembly.Location is { Length: > 0 } location ? Path.GetDirectoryName(location)! : AppContext.BaseDirectory;

    /// <summary>
    /// Whether TorchSharp lies in a package folder instead of beside the application, as in a notebook; only then has its own search
    /// of the package folder anything to add.
    /// </summary>
    public static bool IsInteractive =>
        !Path.Join(TorchSharpFolder, "/").StartsWith(AppContext.BaseDirectory, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Tries the first step that TorchSharp would take. Unlike TorchSharp's attempt, a failure here prints nothing, copies no
    /// half gigabyte out of the package cache, and leaves the static state of TorchSharp untouched.
    /// </summary>
    public static bool TryLoad()
    {
        _ = TryLoad("torch_cpu"); // May be loaded already under another path; the next line decides.
        return TryLoad("LibTorchSharp");
    }

    /// <summary>Whether the library with the CUDA kernels can be loaded.</summary>
    public static bool TryLoadCuda() => TryLoad("torch_cuda");

    /// <summary>Finds out why <see cref="TryLoad()"/> failed.</summary>
    public static TorchProbe Run()
    {
        var platform = TorchPlatform.Current;
        var path = Find(platform.FileName("LibTorchSharp"));
        string? error = null;
        if (path is not null)
        {
            try
            {
                _ = NativeLibrary.Load(path);
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
            {
                error = e.Message;
            }
        }

        return new TorchProbe(platform, path, Find(platform.FileName("torch_cpu")) is not null, error);
    }

    private static bool TryLoad(string name) => NativeLibrary.TryLoad(name, TorchSharpAssembly, null, out _);

    private static string? Find(string fileName)
    {
        var searched = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return searched.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Append(TorchSharpFolder)
            .Select(folder => Path.Combine(folder, fileName))
            .FirstOrDefault(File.Exists);
    }
}
