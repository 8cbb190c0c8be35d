// Declarations of Apple's Metal that the plugin uses. tests/drivers/test_metal_declarations.py
// compares them with Apple's.
#pragma once

#import <Foundation/Foundation.h>
#import <Metal/MTLArgument.h>
#import <Metal/MTLBlitCommandEncoder.h>
#import <Metal/MTLBuffer.h>
#import <Metal/MTLCommandBuffer.h>
#import <Metal/MTLCommandQueue.h>
#import <Metal/MTLComputeCommandEncoder.h>
#import <Metal/MTLComputePipeline.h>
#import <Metal/MTLDevice.h>
#import <Metal/MTLEvent.h>
#import <Metal/MTLLibrary.h>
#import <Metal/MTLTypes.h>
