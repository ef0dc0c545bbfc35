using System.Reflection;
using Microsoft.ML;

namespace MAFlow.MLNet.Tests;

/// <summary>What MLContext.CancelExecution of the package Microsoft.ML.Experimental does.</summary>
internal static class MlNetCancellation
{
    public static void Cancel(MLContext context) =>
        typeof(MLContext).GetMethod("CancelExecution", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)!.Invoke(context, null);
}
