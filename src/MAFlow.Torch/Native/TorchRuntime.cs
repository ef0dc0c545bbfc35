using TorchSharp;
using Device = TorchSharp.torch.Device;

namespace MAFlow.Torch.Native;

/// <summary>Brings libtorch up, and says what is wrong when it does not come up.</summary>
public static class TorchRuntime
{
    private static readonly Lock _loading = new();
    private static volatile bool _loaded;

    /// <summary>
    /// Loads libtorch if that has not happened yet, and makes sure that a device can be used. Call it before a program's first use of
    /// TorchSharp; after the first success it costs one comparison. Safe for several threads.
    /// </summary>
    /// <remarks>
    /// What a program can begin with inside this library calls it: loading a file, building a model, resolving a device, and the
    /// constructors of energies, potentials and bijections. <c>new torch.Generator(1)</c> and <c>torch.tensor(…)</c> are TorchSharp's own:
    /// where they come first and libtorch is missing, TorchSharp's exception is all there is, and this method, called after it, still says
    /// what is missing. Options, lattices, groups and trainers need no libtorch to be made.
    /// </remarks>
    /// <param name="device">The device that will be used, or null for the CPU.</param>
    /// <exception cref="TorchRuntimeException">libtorch or the device is missing; the message says what to do.</exception>
    public static void EnsureLoaded(Device? device = null)
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

        if (device?.type == DeviceType.CUDA && CudaDeviceCount() == 0)
        {
            throw new TorchRuntimeException(TorchFailure.DescribeCuda(TorchPlatform.Current, TorchProbe.TryLoadCuda()));
        }
    }

    /// <summary>The same name, once libtorch is loaded: for an argument of TorchSharp's module constructor, which needs it.</summary>
    /// <exception cref="TorchRuntimeException">libtorch is missing.</exception>
    internal static string LoadedFor(string name)
    {
        EnsureLoaded();
        return name;
    }

    /// <summary>Turns the GPU id that ML.NET hosts hand out into a device.</summary>
    /// <param name="gpuDeviceId">The zero-based id of the GPU, or null for the CPU.</param>
    /// <param name="fallbackToCpu">Whether the CPU will do when there is no such GPU.</param>
    /// <returns>The device to run on.</returns>
    /// <exception cref="TorchRuntimeException">libtorch could not be loaded.</exception>
    /// <exception cref="InvalidOperationException">There is no such GPU, and the CPU will not do.</exception>
    public static Device ResolveDevice(int? gpuDeviceId, bool fallbackToCpu)
    {
        EnsureLoaded();
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
