using TorchSharp;
using Device = TorchSharp.torch.Device;

namespace MAFlow.Torch.Native;

/// <summary>Brings libtorch up, and says what is wrong when it does not come up.</summary>
public static class TorchRuntime
{
    private static readonly Lock _loading = new();
    private static volatile bool _loaded;

    /// <summary>
    /// Loads libtorch if that has not happened yet, and finds the device to run on. Call it before a program's first use of TorchSharp;
    /// after the first success it costs one comparison on the CPU. Safe for several threads.
    /// </summary>
    /// <remarks>
    /// What a program can begin with inside this library loads it too: loading a file, building a model, and the constructors of
    /// energies, potentials and bijections. <c>new torch.Generator(1)</c> and <c>torch.tensor(…)</c> are TorchSharp's own:
    /// where they come first and libtorch is missing, TorchSharp's exception is all there is, and this method, called after it, still says
    /// what is missing. Options, lattices, groups and trainers need no libtorch to be made.
    /// </remarks>
    /// <param name="gpuDeviceId">The zero-based id of the GPU, as ML.NET hosts hand it out, or null for the CPU.</param>
    /// <param name="fallbackToCpu">Whether the CPU will do when there is no such GPU.</param>
    /// <returns>The device to run on.</returns>
    /// <exception cref="TorchRuntimeException">libtorch could not be loaded; the message says what to do.</exception>
    /// <exception cref="InvalidOperationException">There is no such GPU, and the CPU will not do.</exception>
    public static Device EnsureLoaded(int? gpuDeviceId = null, bool fallbackToCpu = false)
    {
        LoadOnce();
        if (gpuDeviceId is not { } id)
        {
            return torch.CPU;
        }

        var count = CudaDeviceCount();
        if (id >= 0 && id < count)
        {
            return new Device(DeviceType.CUDA, id);
        }

        if (fallbackToCpu)
        {
            return torch.CPU;
        }

        var problem = count == 0 ? TorchFailure.DescribeCuda(TorchPlatform.Current, TorchProbe.TryLoadCuda()) : null;
        throw new InvalidOperationException(TorchFailure.DescribeGpu(id, count, problem));
    }

    /// <summary>Loads libtorch if that has not happened yet, and makes sure that a device can be used.</summary>
    /// <param name="device">The device that will be used, or null for the CPU.</param>
    /// <exception cref="TorchRuntimeException">libtorch or the device is missing; the message says what to do.</exception>
    internal static void EnsureLoaded(Device? device)
    {
        LoadOnce();
        if (device?.type == DeviceType.CUDA && CudaDeviceCount() == 0)
        {
            throw new TorchRuntimeException(TorchFailure.DescribeCuda(TorchPlatform.Current, TorchProbe.TryLoadCuda()));
        }
    }

    /// <summary>The same name, once libtorch is loaded: for an argument of TorchSharp's module constructor, which needs it.</summary>
    /// <exception cref="TorchRuntimeException">libtorch is missing.</exception>
    internal static string LoadedFor(string name)
    {
        LoadOnce();
        return name;
    }

    private static void LoadOnce()
    {
        if (!_loaded)
        {
            lock (_loading)
            {
                if (!_loaded)
                {
                    Load();
                    _loaded = true;
                }
            }
        }
    }

    private static void Load()
    {
        if (!TorchProbe.TryLoad() && !TorchProbe.IsInteractive)
        {
            throw new TorchRuntimeException(TorchFailure.DescribeLoad(TorchProbe.Run()));
        }

        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
        }
        catch (Exception e) when (e is NotSupportedException or TypeInitializationException or DllNotFoundException)
        {
            throw new TorchRuntimeException(TorchFailure.DescribeLoad(TorchProbe.Run()), e);
        }
    }

    // Only asked once libtorch is loaded: without one, TorchSharp prints to the console and searches the package folder for CUDA.
    private static int CudaDeviceCount() => torch.cuda.is_available() ? torch.cuda.device_count() : 0;
}
