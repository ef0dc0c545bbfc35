using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Density models that look trained: their potentials are random, not at rest.</summary>
internal static class Models
{
    public static DensityModel Make(BijectionFamily family, Potential potential, MongeAmpereFlowOptions? options = null) =>
        new(family.Fit(), new MongeAmpereFlow(potential, options ?? new() { Horizon = 1, Depth = 6 }));

    public static DensityModel Make(string recipe = "image", Activation? activation = null) =>
        Make(BijectionFamily.Named(recipe), PotentialFamilies.Ridge(activation ?? Activation.Softplus, 5));

    public static byte[] Bytes(DensityModel model)
    {
        using var stream = new MemoryStream();
        model.Save(stream);
        return stream.ToArray();
    }

    public static DensityModel Load(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        return DensityModel.Load(stream, bytes.Length, CPU);
    }
}
