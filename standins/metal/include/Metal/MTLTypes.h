#pragma once

#import <Foundation/Foundation.h>

@protocol MTLDevice;

typedef uint64_t MTLTimestamp;

typedef struct {
  NSUInteger width, height, depth;
} MTLSize;

static inline MTLSize MTLSizeMake(NSUInteger width, NSUInteger height, NSUInteger depth) {
  MTLSize size = {width, height, depth};
  return size;
}
