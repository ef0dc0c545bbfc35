using static TorchSharp.torch;

namespace DigitsDensity;

/// <summary>Two checks of the numerics of a fitted flow: is the integration fine enough, and does it invert.</summary>
public static class ModelChecks
{
    /// <summary>|mean NLL with d Runge-Kutta steps - with 2d|, in nats, where d is the depth of scoring.</summary>
    public static double DepthCheck(DensityModel model, IEnumerable<Digit> digits, int depth)
    {
        using var scope = NewDisposeScope();
        var x = digits.ToTensor();
        return Math.Abs(model.At(depth).LogProb(x).ToNumbers().Average() - model.At(2 * depth).LogProb(x).ToNumbers().Average());
    }

    /// <summary>max |decode(encode(y)) - y| over the standardised coordinates y that the flow works in.</summary>
    /// <remarks>In original units the check would be blunt: pixels are whole numbers, and decoding finds exactly the same ones.</remarks>
    public static double RoundTripMaxError(DensityModel model, IEnumerable<Digit> digits, int depth)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var y = model.Preprocessing.Forward(digits.ToTensor()).Points.to(ScalarType.Float32);
        var flow = model.Flow.At(depth);
        var back = flow.Decode(flow.Encode(y).Z).X;
        return back.to(y.device).sub(y).abs().max().to(ScalarType.Float64).item<double>();
    }
}
