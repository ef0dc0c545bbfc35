namespace MAFlow.Torch.Training;

/// <summary>A learning rate that rises linearly during warm-up and then falls along a half cosine.</summary>
/// <remarks>factor(p) = p/w for p &lt; w, then f + (1-f)·½(1 + cos π(p-w)/(1-w)), where p from 0 to 1 is the progress of training.
/// Loshchilov, Hutter (2017).</remarks>
/// <param name="WarmupFraction">Share w of training in which the rate rises.</param>
/// <param name="FinalFraction">Rate at the end of training, as a share f of the top rate.</param>
internal readonly record struct WarmupCosineSchedule(double WarmupFraction, double FinalFraction)
{
    /// <summary>Factor on the top rate.</summary>
    /// <param name="progress">Progress of training, from 0 to 1; beyond 1 it stays at the end.</param>
    public double Factor(double progress)
    {
        if (progress < WarmupFraction)
        {
            // Never zero, or the first step would be lost.
            return Math.Max(progress / WarmupFraction, 1e-3);
        }

        var fall = Math.Clamp((progress - WarmupFraction) / (1 - WarmupFraction), 0, 1);
        return FinalFraction + ((1 - FinalFraction) * 0.5 * (1 + Math.Cos(Math.PI * fall)));
    }
}
